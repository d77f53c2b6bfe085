"""Who may do what: the words, the roles, and one guard for each kind of visitor."""
