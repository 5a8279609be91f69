"""A Google that runs on your desk: OAuth, Calendar v3 and push for the demo and the tests.

Demo and test equipment. It keeps everything in memory, listens on loopback only, and nothing in
the product imports it.
"""
