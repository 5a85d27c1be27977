"""The year-end reviews: an official's Word document from what is published and what people
wrote.
"""
