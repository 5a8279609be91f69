"""Write events: one contract for every writer, with history and a change sequence for clients."""
