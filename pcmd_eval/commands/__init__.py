"""What the command line says and takes, beside the commands themselves."""
