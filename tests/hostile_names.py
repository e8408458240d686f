"""Names that a stranger might submit under, to be shown as text and never to run."""

HOSTILE = (
    'lsh[<img src=x onerror="document.title=1">,</script><script>alert(1)</script>&"\'{{7*7}}]'
)
STRANGER = 'Eve <script>alert("by")</script> & co'
