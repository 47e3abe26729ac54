"""What a rule says, where each part of its queries comes from, and why an event is hit or missed.

``rule`` reads a rule's structure with its lines, ``words`` says it in English, ``trace`` leads each part of a query
back to the line that made it, ``match`` runs each part on an event.
"""
