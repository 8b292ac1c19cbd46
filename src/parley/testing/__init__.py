"""What tests stand on: the suite that every store must pass, fakes that fail, strategies, clocks.

May import every room; nothing imports it but tests and benchmarks. Only store_suite,
store_machine and strategies need pytest or Hypothesis. Fakes run the real thing and add one
fault each.
"""
