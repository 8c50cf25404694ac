"""Where training data come from: simulated without end, or drawn from labelled tracks; nothing is stored."""
