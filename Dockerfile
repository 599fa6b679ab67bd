# The Streamlit app as a container, and as a Docker Space (python -m train publish --space NAME --sdk docker):
#   docker build -t ganscope . && docker run -p 7860:7860 ganscope
FROM python:3.12-slim

# A Space runs as user 1000, who can write only at home.
RUN useradd --create-home --uid 1000 user
USER user
ENV PATH=/home/user/.local/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /home/user/app

# The packages first: they are installed again only when their lists change.
COPY --chown=user requirements/gan_models.txt requirements/app.txt requirements/
# torch without CUDA first: the app draws on the CPU, and the CUDA build would add 4 GB.
RUN pip install --no-cache-dir --user --index-url https://download.pytorch.org/whl/cpu \
    "$(sed -n 's/^\(torch>=[^ ]*\).*/\1/p' requirements/gan_models.txt)"
RUN pip install --no-cache-dir --user -r requirements/gan_models.txt -r requirements/app.txt

COPY --chown=user . .
EXPOSE 7860
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=7860", "--server.headless=true"]
