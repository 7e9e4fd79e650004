"""`sequestre demo`: the story of a refused revision on the real stack."""
