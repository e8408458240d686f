"""Boards as a site of static pages: tables that sort and filter, a page a record, a feed, badges."""
