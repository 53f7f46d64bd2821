using System.Diagnostics;
using System.Globalization;
using Torture;

// Mistreats the published program and looks at what is left. Ends with a line "N passed, N failed, N skipped"; an ordeal is one.
Ordeal[] all = [new Kills(), new Interrupts(), new Cuts(), new Faults(), new Full(), new Damages(), new Crowd(), new Shared(), new Fuzz()];

double minutes = 60;
int seed = Random.Shared.Next(), only = -1;
string[] chosen = [];
for (int i = 0; i < args.Length; i += 2)
{
    string value = i + 1 < args.Length ? args[i + 1] : "";
    bool known = args[i] switch
    {
        "--minutes" => double.TryParse(value, CultureInfo.InvariantCulture, out minutes) && minutes > 0,
        "--seed" => int.TryParse(value, CultureInfo.InvariantCulture, out seed),
        "--round" => int.TryParse(value, CultureInfo.InvariantCulture, out only) && only >= 0,
        "--only" => Array.TrueForAll(chosen = value.Split(','), name => Array.Exists(all, ordeal => ordeal.Name == name)),
        _ => false,
    };
    if (known) continue;
    Console.Error.WriteLine("usage: ./build.sh torture [--minutes N] [--seed S] [--only NAME,…] [--round N]\n");
    foreach (Ordeal ordeal in all) Console.Error.WriteLine($"  {ordeal.Name,-12} {ordeal.What}");
    return 2;
}

Ordeal[] work = [.. all.Where(ordeal => chosen.Length == 0 || chosen.Contains(ordeal.Name))];
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {minutes} minutes"));
int passed = 0, failed = 0, skipped = 0, shares = work.Where(static ordeal => ordeal.Missing is null).Sum(static ordeal => ordeal.Share);
foreach (Ordeal ordeal in work)
{
    if (ordeal.Missing is { } missing)
    {
        skipped++;
        Console.WriteLine($"{ordeal.Name}: skipped, as this is missing: {missing}");
        continue;
    }
    var tally = new Tally();
    var time = TimeSpan.FromMinutes(minutes * ordeal.Share / shares);
    long start = Stopwatch.GetTimestamp();
    for (int round = Math.Max(only, 0); round == Math.Max(only, 0) || (only < 0 && Stopwatch.GetElapsedTime(start) < time); round++)
    {
        tally.Count("rounds");
        try
        {
            ordeal.Round(round, new Random(HashCode(seed, ordeal.Name, round)), tally);
        }
#pragma warning disable CA1031 // Whatever goes wrong in a round is what all of this is looking for.
        catch (Exception wrong)
#pragma warning restore CA1031
        {
            string repeat = string.Create(CultureInfo.InvariantCulture, $"--seed {seed} --only {ordeal.Name} --round {round}");
            tally.Failures.Add($"{repeat}\n{wrong}");
            Console.WriteLine($"FAILED: ./build.sh torture {repeat}\n{wrong}");
        }
    }
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{ordeal.Name}: {tally}; {tally.Failures.Count} failures in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s"));
    if (tally.Remark is { } remark) Console.WriteLine($"{ordeal.Name}: {remark}");
    if (tally.Failures.Count == 0) passed++;
    else failed++;
}
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{passed} passed, {failed} failed, {skipped} skipped"));
return failed == 0 ? 0 : 1;

// The framework's own is another one in every process.
static int HashCode(int seed, string name, int round)
{
    uint hash = 2166136261;
    foreach (char letter in string.Create(CultureInfo.InvariantCulture, $"{seed} {name} {round}")) hash = (hash ^ letter) * 16777619;
    return (int)hash;
}
