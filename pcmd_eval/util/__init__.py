"""What every layer uses: errors, paths, files, words."""
