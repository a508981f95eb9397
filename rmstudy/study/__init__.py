"""What a study is: the plan, its tables, the scores, and one row a person for the methods."""
