"""Access control: permissions, roles, login and the view decorators."""
