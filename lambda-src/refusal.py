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


def too_large(size):
    message = f"The item would have {size} bytes; DynamoDB stores at most {MAX_ITEM_BYTES} (400 KB)"
    return Refusal(413, "PayloadTooLarge", message)
