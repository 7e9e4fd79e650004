"""What only shows at length: ten thousand deadlines at one instant, a thousand rounds of one order,
ten thousand requests of one caller.

    python -m tests.endurance deadlines | rounds | requests
"""
