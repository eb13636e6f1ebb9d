//! The words of `random_pet`: common English, in alphabetical order.

/// How.
#[rustfmt::skip]
pub const ADVERBS: &[&str] = &[
    "always", "barely", "boldly", "bravely", "briefly", "brightly", "broadly", "calmly", "carefully", "cheerfully",
    "clearly", "cleverly", "closely", "coolly", "daily", "daringly", "deeply", "directly", "dryly", "eagerly",
    "early", "easily", "evenly", "exactly", "fairly", "faithfully", "finely", "firmly", "fondly", "freely", "freshly",
    "friendly", "fully", "gently", "gladly", "globally", "gracefully", "greatly", "happily", "heartily", "highly",
    "honestly", "hourly", "hugely", "ideally", "jointly", "jolly", "justly", "keenly", "kindly", "largely", "lately",
    "lazily", "lightly", "likely", "lively", "locally", "loosely", "loudly", "lovely", "merrily", "mildly", "monthly",
    "mostly", "namely", "nearly", "neatly", "newly", "nicely", "nightly", "nimbly", "nobly", "openly", "orderly",
    "partly", "patiently", "perfectly", "plainly", "politely", "poorly", "promptly", "proudly", "purely", "quickly",
    "quietly", "rarely", "readily", "really", "richly", "rightly", "roughly", "safely", "seldom", "shortly",
    "silently", "simply", "sincerely", "slightly", "slowly", "smoothly", "softly", "solely", "soon", "soundly",
    "steadily", "strictly", "strongly", "suddenly", "surely", "sweetly", "swiftly", "tenderly", "thickly", "thinly",
    "tightly", "timely", "truly", "usually", "vastly", "vividly", "warmly", "weekly", "widely", "wildly", "wisely",
    "wonderfully", "yearly",
];

/// Of what kind.
#[rustfmt::skip]
pub const ADJECTIVES: &[&str] = &[
    "able", "active", "agile", "amber", "ample", "ancient", "apt", "autumn", "awake", "azure", "basic", "big", "bold",
    "brave", "breezy", "brief", "bright", "brisk", "bronze", "busy", "calm", "careful", "cheery", "chief", "civic",
    "clean", "clear", "clever", "close", "cloudy", "coastal", "cool", "copper", "coral", "cosy", "crisp", "curious",
    "daring", "dear", "deep", "direct", "distant", "dusty", "early", "earnest", "easy", "elder", "emerald", "even",
    "exact", "extra", "fair", "faithful", "famous", "fast", "fine", "firm", "fit", "fleet", "fluent", "fond", "fresh",
    "friendly", "frosty", "full", "gentle", "giant", "glad", "golden", "good", "grand", "grateful", "great", "green",
    "happy", "hardy", "hazel", "helpful", "hidden", "honest", "humble", "ideal", "indigo", "ivory", "jade", "joint",
    "jolly", "just", "keen", "kind", "large", "late", "lean", "light", "little", "lively", "local", "loyal", "lucky",
    "lunar", "magic", "maple", "mellow", "merry", "mighty", "mild", "modern", "modest", "neat", "new", "nice",
    "nimble", "noble", "novel", "oaken", "olive", "open", "orange", "patient", "pearl", "plain", "polar", "polite",
    "prime", "proud", "pure", "quick", "quiet", "rapid", "rare", "ready", "regal", "rich", "robust", "rosy", "round",
    "royal", "ruby", "rustic", "safe", "sandy", "secure", "sharp", "shiny", "silent", "silver", "simple", "sincere",
    "sleek", "smart", "smooth", "snowy", "social", "soft", "solar", "solid", "sound", "spare", "spring", "stable",
    "steady", "stellar", "strong", "sturdy", "subtle", "summer", "sunny", "super", "sure", "sweet", "swift", "tall",
    "tame", "tidy", "tiny", "top", "tough", "tranquil", "true", "trusty", "upbeat", "urban", "useful", "valid",
    "vast", "velvet", "vivid", "warm", "welcome", "whole", "wide", "wild", "willing", "winter", "wise", "witty",
    "wooden", "young",
];

/// What.
#[rustfmt::skip]
pub const ANIMALS: &[&str] = &[
    "adder", "albatross", "alpaca", "ant", "anteater", "antelope", "ape", "armadillo", "auk", "baboon", "badger",
    "barracuda", "bass", "bat", "bear", "beaver", "bee", "beetle", "bison", "boar", "bobcat", "buffalo", "bull",
    "butterfly", "buzzard", "camel", "canary", "caribou", "carp", "cat", "caterpillar", "catfish", "chamois",
    "cheetah", "chicken", "chipmunk", "cicada", "clam", "cobra", "cod", "condor", "coot", "cougar", "cow", "coyote",
    "crab", "crane", "cricket", "crocodile", "crow", "cuckoo", "curlew", "deer", "dingo", "dog", "dolphin", "donkey",
    "dormouse", "dove", "dragonfly", "duck", "eagle", "eel", "egret", "elephant", "elk", "emu", "ermine", "falcon",
    "ferret", "finch", "firefly", "flamingo", "flounder", "fly", "fox", "frog", "gannet", "gazelle", "gecko",
    "gerbil", "gibbon", "giraffe", "gnat", "gnu", "goat", "goldfish", "goose", "gopher", "gorilla", "grasshopper",
    "grouse", "gull", "haddock", "halibut", "hamster", "hare", "hawk", "hedgehog", "hen", "heron", "herring", "hippo",
    "hornet", "horse", "hyena", "ibex", "ibis", "iguana", "impala", "jackal", "jackdaw", "jaguar", "jay", "jellyfish",
    "kangaroo", "kestrel", "kingfisher", "kite", "kiwi", "koala", "ladybird", "lamb", "lark", "lemming", "lemur",
    "leopard", "limpet", "linnet", "lion", "lizard", "llama", "lobster", "locust", "lynx", "macaw", "mackerel",
    "magpie", "mallard", "manatee", "marmot", "marten", "meerkat", "mink", "minnow", "mole", "mongoose", "moorhen",
    "moose", "moth", "mouse", "mule", "mussel", "newt", "nightingale", "ocelot", "octopus", "orca", "oriole",
    "osprey", "ostrich", "otter", "owl", "ox", "oyster", "panda", "panther", "parrot", "partridge", "peacock",
    "pelican", "penguin", "perch", "pheasant", "pigeon", "pike", "plover", "pony", "porcupine", "porpoise", "possum",
    "puffin", "puma", "python", "quail", "rabbit", "raccoon", "ram", "raven", "reindeer", "robin", "rook",
    "salamander", "salmon", "sardine", "scorpion", "seahorse", "seal", "shark", "sheep", "shrew", "shrimp", "skink",
    "skunk", "skylark", "sloth", "snail", "snake", "snipe", "sole", "sparrow", "spider", "squid", "squirrel", "stag",
    "starfish", "starling", "stork", "swallow", "swan", "swift", "tapir", "tern", "terrapin", "thrush", "tiger",
    "toad", "tortoise", "toucan", "trout", "tuna", "turkey", "turtle", "viper", "vole", "vulture", "wallaby",
    "walrus", "warbler", "wasp", "weasel", "whale", "whelk", "wolf", "wombat", "woodpecker", "worm", "wren", "yak",
    "zebra",
];
