"""Where readings go: standard output, files, commands, recordings, pages."""
