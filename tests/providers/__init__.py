"""Payment providers, and what stands for them in tests."""
