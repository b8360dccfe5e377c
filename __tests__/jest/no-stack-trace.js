// CDKTF captures the whole stack with each token, to show it in its errors. Under jest, whose stacks have source maps, that would
// take half of the time of a synthesis.
exports.captureStackTrace = () => [];
