"""What senders are asked for: one list, in one wording, of which all else that asks is a print."""
