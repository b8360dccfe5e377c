"""The part of AWS's own runtime client for Python (awslambdaric 4) between an event and the function.

The package's name must be none that a function's own modules or packages have.
See https://github.com/aws/aws-lambda-python-runtime-interface-client
"""
