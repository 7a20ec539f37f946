"""The loops of the source documents, as they stand there. No compiler folds them: CPython carries each step out."""


def count(n):
    """Adds up 0..n."""
    count = 0
    for i in range(n):
        count += i
    return count


def countdown(n):
    """Counts from n down to 0; returns the number of steps."""
    begun = n
    while n > 0:
        n -= 1
    return begun - n


def sum_all_numbers(n):
    """Adds up 0..=n."""
    return sum(range(n + 1))
