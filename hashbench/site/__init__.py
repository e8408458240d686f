"""Boards as a site of static pages: tables that sort and filter, records, a feed, badges."""
