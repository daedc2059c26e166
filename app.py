"""Home, and the server of all pages: `streamlit run app.py`.

Streamlit imports this file once, as `app`, for the server; then it runs it for each visit to Home.
"""

import streamlit as st

if __name__ == "app":
    from pages.shared import start

    app = st.App("app.py", lifespan=start.before_anybody_comes, on_script_error=start.say_sorry)
else:
    from pages.shared import home

    home.show()
