"""netwright: build neural-network systems that work. Names are loaded on first use: importing this loads no torch."""
