"""List and word the requests to senders; check.csv, mails and annotated returns print this list."""
