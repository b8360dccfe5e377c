"""Completes CloudFront."""

from moto.cloudfront.models import Distribution


def name_distributions_as_cloudfront_does():
    """moto's ARNs lack the empty Region, so that AWS's models refuse them."""
    make = Distribution.__init__

    def make_with_arn(self, *args, **kwargs):
        make(self, *args, **kwargs)
        self.arn = self.arn.replace(":cloudfront:", ":cloudfront::", 1)

    Distribution.__init__ = make_with_arn
