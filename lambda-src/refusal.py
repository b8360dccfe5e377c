"""Why a request is not stored."""

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ITEM_BYTES = 400 * 1024
ERRORS = {400: "BadRequest", 413: "PayloadTooLarge", 500: "InternalServerError", 503: "ServiceUnavailable"}


class Refusal(Exception):
    """A request that is not stored. The client gets the text and the status, one of ERRORS."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def too_large(fact):
    return Refusal(413, f"{fact}; DynamoDB stores at most {MAX_ITEM_BYTES} (400 KB)")
