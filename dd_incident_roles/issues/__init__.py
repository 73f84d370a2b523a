"""Issue trackers: the incident issue on GitHub, GitLab and Jira."""
