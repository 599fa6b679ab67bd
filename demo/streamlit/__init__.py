"""The Streamlit front end: one file per page, and what the pages share. Widgets -> core call -> picture."""
