"""What is asked: plan, register, form."""
