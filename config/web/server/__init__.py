"""The web server where no proxy stands in front: gunicorn, with a worker that slow clients cannot
hold up."""
