using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Reflinks.Tests.Staging;

/// <summary>Runs a theory on each of some volumes (named in one string), and there with each of some numbers.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CombinatorialVolumesAttribute(string volumes, params int[] numbers) : DataAttribute
{
    public string Volumes => volumes;

    public int[] Numbers => numbers;

    public override bool SupportsDiscoveryEnumeration() => true;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        List<ITheoryDataRow> rows = [];
        foreach (string volume in volumes.Split(' '))
        {
            if (numbers.Length == 0) rows.Add(new TheoryDataRow(volume));
            foreach (int number in numbers) rows.Add(new TheoryDataRow(volume, number));
        }
        return ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(rows);
    }
}
