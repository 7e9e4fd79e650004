"""What the operators' pages show: lines, figures and words, made of what the use cases give."""
