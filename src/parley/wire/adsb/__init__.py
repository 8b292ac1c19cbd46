"""ADS-B and Mode S: `frames` decodes raw ones; `beast`, `avr`, `sbs` and `readsb` are the forms in
which receivers send them."""
