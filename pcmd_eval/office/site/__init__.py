"""The pages: the public set, and those that stay in the department."""
