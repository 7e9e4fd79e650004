"""An OpenID Connect provider that people sign in with, in this process."""
