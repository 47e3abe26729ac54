"""What each platform imports: deployable objects, made of a converted rule and of one description of it.

``description`` says of a rule all that an object needs, in no platform's words; one module per platform writes its form
of it. No module here converts anything.
"""
