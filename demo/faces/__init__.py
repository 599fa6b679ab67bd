"""What turns pages into screens and answers programs: the only part that knows Streamlit and Gradio."""
