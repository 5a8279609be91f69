"""A sandbox Google for the demo and the tests: OAuth, Calendar v3 and push notifications.

It keeps everything in memory and listens on loopback only. The product imports nothing of it.
"""
