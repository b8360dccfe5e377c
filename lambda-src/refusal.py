"""The answers to requests that are not stored."""

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ITEM_BYTES = 400 * 1024


class Refusal(Exception):
    """A request that is not stored. The client gets the text."""

    def __init__(self, status, error, message):
        super().__init__(message)
        self.status = status
        self.error = error


def bad_request(message):
    return Refusal(400, "BadRequest", message)


def body_too_large(size):
    return _too_large(f"The body has {size} bytes")


def item_too_large(size):
    return _too_large(f"The item would have {size} bytes")


def _too_large(fact):
    return Refusal(413, "PayloadTooLarge", f"{fact}; DynamoDB stores at most {MAX_ITEM_BYTES} (400 KB)")


def try_again(reason):
    return Refusal(503, "ServiceUnavailable", f"{reason}; try again")
