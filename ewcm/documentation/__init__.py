"""The generated parts of the documentation: tables and schemas of the outputs, of the inputs, and the Python API.

``make docs`` (``python -m ewcm.documentation``) writes them; the tests compare them with what stands in docs/.
"""
