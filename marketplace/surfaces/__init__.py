"""Sites of the application (shop, account, desk, console, API, hooks, merchant shops), page context and error handlers."""
