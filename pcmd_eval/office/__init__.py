"""Whatever reads, asks, writes and publishes: returns, requests, papers, pages and runs."""
