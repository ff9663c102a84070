"""Accounts and signing in: names, passwords, one-time codes, signed-in browsers, and an OpenID Connect provider."""
