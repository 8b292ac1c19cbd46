"""What leaves the node towards people and their programs: mail, webhooks, chat, a translator.

Each outlet is a port's other side: it may be slow, full or gone, and nothing waits for it. What
goes out passed the release filter before. May import node and what stands below; a stranger to
web, peers, feeds and store.
"""
