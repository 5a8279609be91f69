"""Where a person is signed in: opened, looked up, renewed, listed, ended."""
