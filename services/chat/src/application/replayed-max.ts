/**
 * Places of a stream that are replayed at most: further back than that a device starts anew (L10 of the gateway), and reads what there is
 * now. So what is over, and is kept only for devices that were away to hear of it, may be let go then.
 */
export const REPLAYED_MAX = 10_000
