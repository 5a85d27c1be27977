"""JupyterLab and the exploring panel."""
