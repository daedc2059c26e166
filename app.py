"""Digit Lab, for `streamlit run`: the server, made once, and the home page, run for each look at it."""

import streamlit as st

from pages.parts import server

if __name__ == "__main__":
    from pages.parts import home

    home.show()
else:
    app = st.App(__file__, lifespan=server.make_ready)
